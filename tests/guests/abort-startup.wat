;; Decides that its tenant does not start: the other tenants of the server are served.
(module
  (memory (export "memory") 1)
  ;; A verdict, and it is the second one.
  (data (i32.const 16) "\00\00\00\00\01")
  (func (export "evroute:htable/mod-init@0.1.0#handle") (param i32) (result i32)
    (i32.const 16)))
