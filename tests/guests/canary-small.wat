;; As canary.wat, in a memory that is smaller than a page, and that it makes larger before it ends.
;; GuestError too if its memory is not small.
(module
  ;; Only a guest that imports what reads its memory is split, and its memory made small.
  (import "evroute:log/log@0.1.0" "log" (func (param i32 i32 i32)))
  (@custom "evroute-small-memory" "\04\0c\00\00")
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 1024))
  (global $size i32 (i32.const 4100))
  (data (i32.const 16) "an earlier run left something")
  (func $err (result i32)
    (i32.store8 (i32.const 64) (i32.const 1))
    (i32.store (i32.const 68) (i32.const 16))
    (i32.store (i32.const 72) (i32.const 29))
    (i32.const 64))
  (func $finds (param $at i32) (param $end i32) (result i32)
    (loop $next
      (if (i32.load8_u (local.get $at)) (then (return (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (i32.const 0))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (if (i32.ne (memory.size) (global.get $size)) (then (return (call $err))))
    ;; Everything above the first 128 bytes, which hold the sentence and the result.
    (if (call $finds (i32.const 128) (global.get $size)) (then (return (call $err))))
    (if (i32.ne (memory.grow (i32.const 10000)) (global.get $size)) (then (return (call $err))))
    (if (call $finds (global.get $size) (memory.size)) (then (return (call $err))))
    (memory.fill (i32.const 128) (i32.const 0xa5) (i32.sub (memory.size) (i32.const 128)))
    ;; ok(send) at 80.
    (i32.const 80)))
