;; Looks for anything that an earlier run has left, in its memory, its globals and its table, then
;; fills all of them: it returns send every time. If it finds anything: GuestError.
(module
  (memory (export "memory") 4)
  (table $table 16 funcref)
  (elem declare func $mark)
  (global $left (mut i64) (i64.const 0))
  (data (i32.const 16) "an earlier run left something")
  (func $mark)
  (func $err (result i32)
    (i32.store8 (i32.const 64) (i32.const 1))
    (i32.store (i32.const 68) (i32.const 16))
    (i32.store (i32.const 72) (i32.const 29))
    (i32.const 64))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (local $at i32)
    (if (i64.ne (global.get $left) (i64.const 0)) (then (return (call $err))))
    (if (i32.eqz (ref.is_null (table.get $table (i32.const 7)))) (then (return (call $err))))
    (if (i32.ne (memory.size) (i32.const 4)) (then (return (call $err))))
    ;; Everything above the first 128 bytes, which hold the sentence and the result.
    (local.set $at (i32.const 128))
    (loop $next
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (return (call $err))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 262144))))
    (global.set $left (i64.const -1))
    (table.set $table (i32.const 7) (ref.func $mark))
    (memory.fill (i32.const 128) (i32.const 0xa5) (i32.sub (i32.const 262144) (i32.const 128)))
    (drop (memory.grow (i32.const 1)))
    ;; ok(send) at 80.
    (i32.const 80)))
