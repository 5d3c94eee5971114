;; What Go's run-time asks of WASI, answered without any: no arguments, no environment, time that stands still, output that
;; goes nowhere, randomness that is none, and no waiting. evroute-componentize puts this between a handler and its world, so
;; that nothing of WASI is left to ask for.
(module
  (import "env" "memory" (memory 0))
  (func $nothing-of-two (param i32 i32) (result i32)
    (i32.store (local.get 0) (i32.const 0))
    (i32.store (local.get 1) (i32.const 0))
    (i32.const 0))
  (func $nothing (param i32 i32) (result i32) (i32.const 0))
  (export "args_sizes_get" (func $nothing-of-two))
  (export "environ_sizes_get" (func $nothing-of-two))
  (export "args_get" (func $nothing))
  (export "environ_get" (func $nothing))
  (func (export "sched_yield") (result i32) (i32.const 0))
  ;; Not 0: Go takes that for a clock that does not work.
  (func (export "clock_time_get") (param i32 i64 i32) (result i32)
    (i64.store (local.get 2) (i64.const 1))
    (i32.const 0))
  (func (export "random_get") (param $at i32) (param $octets i32) (result i32)
    (memory.fill (local.get $at) (i32.const 37) (local.get $octets))
    (i32.const 0))
  ;; All is written: the lengths of the list's parts, added up.
  (func (export "fd_write") (param $file i32) (param $list i32) (param $parts i32) (param $written i32) (result i32)
    (local $sum i32)
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $parts)))
        (local.set $sum (i32.add (local.get $sum) (i32.load offset=4 (local.get $list))))
        (local.set $list (i32.add (local.get $list) (i32.const 8)))
        (local.set $parts (i32.sub (local.get $parts) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $written) (local.get $sum))
    (i32.const 0))
  ;; Nothing to wait for, as 52 says: not supported.
  (func (export "poll_oneoff") (param i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "proc_exit") (param i32) unreachable))
