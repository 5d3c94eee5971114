;; World `curious`. Imports what no server offers: refused at deploy, with the import's name.
(module
  (import "evroute:secrets/secrets@0.1.0" "read" (func $read (result i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (call $read)))
