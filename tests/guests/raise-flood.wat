;; Raises events without end: QuotaExceeded, actions; and none of them is raised. Where the server
;; answers with an error instead of ending the run, the guest goes on until its host calls are used
;; up.
(module
  (import "evroute:custom/raise@0.1.0" "raise" (func $raise (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "flood")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (loop $for_ever
      ;; raise("flood", [])
      (call $raise (i32.const 16) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 32))
      (br $for_ever))
    (unreachable)))
