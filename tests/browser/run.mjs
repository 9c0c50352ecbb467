// node run.mjs --own FOLDER --states FOLDER --rtl FOLDER --large FOLDER [--only axe,layout] [--full]
//
// Built sites → every check of `checks/`, with the number of tests that each tool ran. Exit code 1 if one fails.
import { parseArgs } from "node:util";
import { open } from "./lib.mjs";
import appearance from "./checks/appearance.mjs";
import behaviour from "./checks/behaviour.mjs";
import keyboard from "./checks/keyboard.mjs";
import lighthouse from "./checks/lighthouse.mjs";
import markup from "./checks/markup.mjs";
import paper from "./checks/paper.mjs";
import scriptless from "./checks/scriptless.mjs";
import weight from "./checks/weight.mjs";

const { values } = parseArgs({
  options: {
    own: { type: "string" },
    states: { type: "string" },
    rtl: { type: "string" },
    large: { type: "string" },
    only: { type: "string" },
    full: { type: "boolean" },
  },
});
const only = values.only?.split(",");
const lab = await open({ own: values.own, states: values.states, rtl: values.rtl, large: values.large });

/** Each check gives its tests: `{ tool, name, run }`. What measures speed runs alone, at the end. */
const checks = { weight, markup, behaviour, scriptless, keyboard, paper, appearance };
const counts = new Map();
const failures = [];

async function work(tests, hands) {
  const queue = [...tests];
  const hand = async () => {
    for (let test = queue.shift(); test; test = queue.shift()) {
      const count = counts.get(test.tool) ?? { passed: 0, failed: 0, ms: 0 };
      counts.set(test.tool, count);
      const start = performance.now();
      try {
        const more = await test.run();
        count.passed += more ?? 1;
      } catch (error) {
        count.failed += 1;
        failures.push(`${test.tool}: ${test.name}\n    ${String(error.message ?? error).replaceAll("\n", "\n    ")}`);
      }
      count.ms += performance.now() - start;
    }
  };
  await Promise.all(Array.from({ length: hands }, hand));
}

const chosen = (name) => !only || only.includes(name);
const tests = [];
for (const [name, check] of Object.entries(checks)) {
  if (chosen(name)) tests.push(...(await check(lab, { full: values.full })));
}
await work(tests, 2);
if (chosen("lighthouse")) await work(await lighthouse(lab), 1);
await lab.close();

for (const failure of failures) console.log(`FAILED ${failure}`);
for (const [tool, { passed, failed, ms }] of counts) {
  console.log(`${tool.padEnd(14)} ${String(passed).padStart(5)} passed${failed ? `, ${failed} FAILED` : ""} (${Math.round(ms / 1000)} s)`);
}
process.exitCode = failures.length ? 1 : 0;
