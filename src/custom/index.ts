export {
  ADAPTER_MAX_BYTES,
  AdapterFileError,
  type AdapterProblem,
  readAdapterFile,
  runAdapterFile,
} from "./adapter-file";
export { customVendor } from "./custom-vendor";
