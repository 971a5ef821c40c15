import { type Printable, printableAs } from "./printable";

/** A line for a POSIX shell that sets a variable to exactly this. Throws where the name is none. */
export function exported(name: string, value: string): Printable<"shell"> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError("no name of a variable");
  return printableAs(
    `export ${name}=${/^[A-Za-z0-9_./:@%+=,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`,
  );
}

/** A script of ours, with nothing from outside in it. */
export function script(text: string): Printable<"shell"> {
  return printableAs(text);
}
