;; World `wasi`. Prints line ends to standard error without end: QuotaExceeded, log lines.
(module
  (import "wasi:cli/stderr@0.2.12" "get-stderr" (func $stderr (result i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 4096) "\n\n\n\n")
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (local $stderr i32)
    (local.set $stderr (call $stderr))
    (loop $for_ever
      (call $write (local.get $stderr) (i32.const 4096) (i32.const 4) (i32.const 64))
      (br $for_ever))
    (unreachable)))
