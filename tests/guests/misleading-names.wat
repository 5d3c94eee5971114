;; Breaks in functions that are called as the server's limits are: Trap, and nothing else, whatever
;; a backtrace says.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func $store_handle_limit_exceeded (unreachable))
  (func $fuel_allocated_for_hostcalls_has_been_exhausted (call $store_handle_limit_exceeded))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (call $fuel_allocated_for_hostcalls_has_been_exhausted)
    (unreachable)))
