;; Calls a capability before any event is raised, in its start function: refused at deploy with a
;; sentence that says so.
(module
  (import "evroute:log/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "soon")
  (func $start (call $log (i32.const 0) (i32.const 16) (i32.const 4)))
  (start $start)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (unreachable)))
