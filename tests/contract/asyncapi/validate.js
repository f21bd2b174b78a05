const { Parser } = require("@asyncapi/parser");
const fs = require("fs");
new Parser().parse(fs.readFileSync(process.argv[2], "utf8")).then(({ document, diagnostics }) => {
  const errors = diagnostics.filter((d) => d.severity === 0);
  console.log(JSON.stringify({ parsed: Boolean(document), errors: errors.length, first: errors.slice(0, 5).map((d) => [d.code, d.message, d.path.join("/")]), warnings: diagnostics.filter((d)=>d.severity===1).slice(0,3).map((d)=>d.message) }));
});
