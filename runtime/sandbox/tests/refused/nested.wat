;; Two components in one: the inner one takes text from its neighbour, so that Wasmtime copies it
;; from memory to memory.
(component
  (component $teller
    (core module $code
      (memory (export "memory") 1)
      (func (export "tell") (result i32) (i32.store (i32.const 8) (i32.const 16)) (i32.const 8)))
    (core instance $code (instantiate $code))
    (func (export "tell") (result string)
      (canon lift (core func $code "tell") (memory $code "memory"))))
  (component $listener
    (import "tell" (func $tell (result string)))
    (core module $memory
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
    (core instance $memory (instantiate $memory))
    (core func $tell (canon lower (func $tell) (memory $memory "memory") (realloc (func $memory "realloc"))))
    (core module $code
      (import "" "tell" (func $tell (param i32)))
      (func (export "listen") (call $tell (i32.const 32))))
    (core instance $code (instantiate $code (with "" (instance (export "tell" (func $tell))))))
    (func (export "listen") (canon lift (core func $code "listen"))))
  (instance $teller (instantiate $teller))
  (instance $listener (instantiate $listener (with "tell" (func $teller "tell"))))
  (export "listen" (func $listener "listen")))
