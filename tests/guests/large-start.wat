;; Begins with a larger memory than a run may have: refused at deploy, and its tenant is disabled.
(module
  (memory (export "memory") 300)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (unreachable)))
