/** `not_provable`: something was delivered, and it may have been another receiver's. */
export type DrillErrorCode =
  | "bad_option"
  | "port_unusable"
  | "alertmanager_unreachable"
  | "not_delivered"
  | "not_provable";

/** Its message is meant for the terminal as it is: what is wrong, and where to look. */
export class DrillError extends Error {
  readonly code: DrillErrorCode;

  constructor(code: DrillErrorCode, message: string) {
    super(message);
    this.name = "DrillError";
    this.code = code;
  }
}
