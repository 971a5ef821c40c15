/**
 * Loaded before all else: people paste a value as soon as they have typed the command, and loading
 * the rest takes a moment in which the terminal would show it.
 */
import { hideTyping } from "./hide-typing";

if (process.argv[2] === "adopt") hideTyping(process.stdin);
