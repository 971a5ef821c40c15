export {
  ADAPTER_MAX_BYTES,
  AdapterFileError,
  readAdapterFile,
  runAdapterFile,
} from "./adapter-file";
export { customVendor } from "./custom-vendor";
