;; World `wasi`. Ends as programs do, after half a line: Trap, exit.
(module
  (import "wasi:cli/exit@0.2.12" "exit" (func $exit (param i32)))
  (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 4096) "the first\nhalf of the second")
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (call $write (call $stdout) (i32.const 4096) (i32.const 28) (i32.const 64))
    (call $exit (i32.const 0))
    (unreachable)))
