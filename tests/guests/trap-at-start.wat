;; Breaks in its start function: refused at deploy, and its tenant is disabled.
(module
  (memory (export "memory") 1)
  (func $start (unreachable))
  (start $start)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (unreachable)))
