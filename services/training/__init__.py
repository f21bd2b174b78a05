"""Training owns programmes and applications: who may come to learn here, and whom of ours we send abroad.

Says training.programme.*, application.*, paper.*, placement.*, certificate.issued, group.*, batch.* and what else happens to an application;
hears partners' organizations and agreements, accounts and departments, and which of notify's mails reached an applicant.
"""
