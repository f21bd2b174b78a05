import type { components, operations } from "./intake";

type Referral = components["schemas"]["Referral"];
type Made = operations["createReferral"]["responses"]["201"]["content"]["application/json"];

const phone: NonNullable<Referral["patient"]["phone"]> = { typed: "03-1234-5678", e164: "+81312345678" };
export const referral: Referral = {
  agency_reference: "BKK-2291",
  patient: { name: { latin: "SOMCHAI Jaidee" }, birth_date: "1961-04-02", sex: "male", nationality: "TH", phone },
  languages: [{ tag: "th", level: "native" }],
  request: { department: "cardiology", reason: "Second opinion, aortic stenosis", urgency: "routine" },
  payer: { kind: "self" },
};
export const whose = (made: Made): string => `${made.reference}: ${made.next?.who}`;
