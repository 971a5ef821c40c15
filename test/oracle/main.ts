import { existsSync } from "node:fs";
import { subjects } from "../vendors/subjects";
import { DOCUMENTS, EXCEPTIONS } from "./exceptions";
import { runOracle } from "./oracle";
import { printed } from "./print";

const [folder] = process.argv.slice(2);

async function main(): Promise<number> {
  if (folder === undefined || !existsSync(folder)) {
    console.error("npm run oracle -- DIR: a folder with OpenAPI documents, each named <vendor>-….json or .yaml");
    return 2;
  }
  const report = await runOracle({ folder, subjects, documents: DOCUMENTS, exceptions: EXCEPTIONS });
  console.log(printed(report));
  return report.failures.length === 0 && report.vendors.every(({ differences }) => differences.length === 0) ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
