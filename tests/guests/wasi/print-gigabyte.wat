;; World `wasi`. Prints a gigabyte without one line end: QuotaExceeded, log bytes.
(module
  (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (local $stdout i32) (local $left i32)
    (local.set $stdout (call $stdout))
    (local.set $left (i32.const 262144))
    (memory.fill (i32.const 4096) (i32.const 0x61) (i32.const 4096))
    (loop $next
      (call $write (local.get $stdout) (i32.const 4096) (i32.const 4096) (i32.const 64))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $next (local.get $left)))
    ;; ok(send): a zero of each.
    (i32.const 16)))
