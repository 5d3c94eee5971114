;; Loops before any event is raised, in its start function: refused at deploy, since it does not
;; start within its limits.
(module
  (memory (export "memory") 1)
  (func $start (loop $for_ever (br $for_ever)))
  (start $start)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (unreachable)))
