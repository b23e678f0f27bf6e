import { z } from "zod";

/** The name of a PEM file, relative to the configuration; read by pem.ts. */
export const pemFile = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^\P{Cc}*$/u, {
    error: () => "is no name of a file: put the PEM text into a file of its own and name that file",
  });
