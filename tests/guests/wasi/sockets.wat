;; World `sockets`. Wants the network: refused at deploy, with the import's name.
(module
  (import "wasi:sockets/instance-network@0.2.0" "instance-network" (func $network (result i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (drop (call $network))
    (i32.const 16)))
