"""The portal kit: scoping, pages, forms, tables, workbooks, jobs, history. It knows no app of ours."""
