// A plugin of OpenCode, for .opencode/plugin/planner.js: it asks `planner guard` before each edit.
import { spawnSync } from "node:child_process"

export const Planner = async ({ directory }) => ({
  "tool.execute.before": async ({ tool }, { args }) => {
    if (!["write", "edit", "apply_patch", "patch"].includes(tool)) return
    const [name, input] = args.patchText
      ? ["apply_patch", { command: args.patchText }]
      : ["Edit", { file_path: args.filePath }]
    const sent = { hook_event_name: "PreToolUse", cwd: directory, tool_name: name, tool_input: input }
    const options = { input: JSON.stringify(sent), cwd: directory }
    const { stdout } = spawnSync("planner", ["guard", "--client", "claude"], options)
    const answer = stdout?.length ? JSON.parse(stdout).hookSpecificOutput : {}
    if (answer.permissionDecision === "deny") throw new Error(answer.permissionDecisionReason)
  },
})
