// Adds up the test reports of a folder: node tools/sum-tests.mjs FOLDER FAILED-COMMANDS
// Ends with the line "N passed, N failed"; fails on a failure, on a skipped test, and when nothing ran.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, failedCommands = '0'] = process.argv.slice(2);
const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const sum = (field) => reports.reduce((total, report) => total + report[field], 0);
const skipped = sum('numPendingTests') + sum('numTodoTests');
const broken = reports
  .flatMap((report) => report.testResults)
  .filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
if (skipped > 0) console.log(`${skipped} tests were skipped that should have run`);
for (const file of broken) console.log(`could not be run: ${file.name}`);
const passed = sum('numPassedTests');
const failed = sum('numFailedTests') + skipped + broken.length + Number(failedCommands);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
