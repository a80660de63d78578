// A plugin of OpenCode: save it as .opencode/plugin/planner.js. It asks `planner guard` before each edit.
import { spawnSync } from "node:child_process"

export const Planner = async ({ directory }) => ({
  "tool.execute.before": async ({ tool }, { args }) => {
    const edit = { write: "Write", edit: "Edit", patch: "apply_patch" }[tool]
    if (!edit) return
    const input = tool === "patch" ? { command: args.patchText } : { file_path: args.filePath }
    const sent = { hook_event_name: "PreToolUse", cwd: directory, tool_name: edit, tool_input: input }
    const { stdout } = spawnSync("planner", ["guard", "--client", "claude"], { input: JSON.stringify(sent) })
    const answer = stdout?.length ? JSON.parse(stdout).hookSpecificOutput : {}
    if (answer.permissionDecision === "deny") throw new Error(answer.permissionDecisionReason)
  },
})
