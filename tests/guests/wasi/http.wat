;; World `http`. Wants to send a request over HTTP: refused at deploy, with the import's name.
(module
  (import "wasi:http/outgoing-handler@0.2.0" "handle" (func $send (result i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (drop (call $send))
    (i32.const 16)))
