;; Answers, and logs from the function that is called afterwards to tidy up. Trap.
(module
  (import "evroute:log/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "too late")
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    ;; ok(send) at 80.
    (i32.const 80))
  (func (export "cabi_post_evroute:tm/local-request@0.1.0#handle") (param i32)
    (call $log (i32.const 3) (i32.const 16) (i32.const 8))))
