export type SupervisorErrorCode =
  | "bad_option"
  | "bad_file"
  | "port_unusable"
  | "start_failed"
  | "start_timeout"
  | "restart_budget_spent"
  | "supervision_failed"
  | "stopped";

/** Its message is meant for the terminal as it is: what is wrong, and what to do about it. */
export class SupervisorError extends Error {
  readonly code: SupervisorErrorCode;

  constructor(code: SupervisorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SupervisorError";
    this.code = code;
  }
}
