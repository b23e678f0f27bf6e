import { computePins, differenceOf } from "./pins.ts";
import { printPins } from "./print-pins.ts";

const TOLERANCE = 1e-6;

const pins = computePins();
process.stdout.write(printPins(pins));
if (pins.some((pin) => !(differenceOf(pin) <= TOLERANCE))) process.exitCode = 1;
