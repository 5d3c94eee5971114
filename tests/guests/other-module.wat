;; A component, not a module: what it exports between its two modules is one more index among core
;; modules. By the component model it answers 480; who counts by himself runs a module that is
;; instantiated nowhere, and answers 486.
(component
  (type (;0;)
    (instance
      (export (;0;) "message" (type (sub resource)))
    )
  )
  (import "evroute:sip/types@0.1.0" (instance (;0;) (type 0)))
  (alias export 0 "message" (type (;1;)))
  (type (;2;)
    (instance
      (export (;0;) "request-event" (type (sub resource)))
      (alias outer 1 1 (type (;1;)))
      (export (;2;) "message" (type (eq 1)))
      (type (;3;) (option string))
      (type (;4;) (record (field "code" u16) (field "reason" 3)))
      (export (;5;) "rejection" (type (eq 4)))
      (type (;6;) (borrow 0))
      (type (;7;) (own 2))
      (type (;8;) (func (param "self" 6) (result 7)))
      (export (;0;) "[method]request-event.message" (func (type 8)))
    )
  )
  (import "evroute:core/types@0.1.1" (instance (;1;) (type 2)))
  (type (;3;)
    (instance
      (type (;0;) (enum "error" "warning" "notice" "info" "debug"))
      (export (;1;) "level" (type (eq 0)))
      (type (;2;) (func (param "level" 1) (param "text" string)))
      (export (;0;) "log" (func (type 2)))
    )
  )
  (import "evroute:log/log@0.1.0" (instance (;2;) (type 3)))
  (core module (;0;)
    (type (;0;) (func (param i32) (result i32)))
    (type (;1;) (func (param i32 i32 i32)))
    (memory (;0;) 1)
    (export "memory" (memory 0))
    (data (;0;) (i32.const 16) "code that no component link")
    (data (i32.const 1024) "\00\00\00\00\01\00\00\00\e0\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
    (func (export "evroute:core/request@0.1.1#handle") (param i32) (result i32) i32.const 1024)
  )
  (export "m" (core module 0))
  (core module (;1;)
    (type (;0;) (func (param i32) (result i32)))
    (type (;1;) (func (param i32 i32 i32)))
    (import "evroute:core/types@0.1.1" "[method]request-event.message" (func $message (;0;) (type 0)))
    (import "evroute:log/log@0.1.0" "log" (func $log (;1;) (type 1)))
    (import "$memory" "memory" (memory (;0;) 1))
    (global (;0;) (mut i32) i32.const 7)
    (export "evroute:core/request@0.1.1#handle" (func 2))
    (func (;2;) (type 0) (param i32) (result i32)
      i32.const 1
      i32.const 16
      i32.const 24
      call $log
      global.get 0
      i32.const 1
      i32.add
      global.set 0
      i32.const 1024
      i32.const 0
      i32.store8
      i32.const 1028
      i32.const 1
      i32.store8
      i32.const 1032
      i32.const 486
      i32.store16
      i32.const 1036
      i32.const 0
      i32.store8
      i32.const 1024
    )
  )
  (core instance (;0;) (instantiate 0))
  (alias export 1 "request-event" (type (;4;)))
  (alias export 1 "rejection" (type (;5;)))
  (type (;6;) (variant (case "pass") (case "reject" 5) (case "drop")))
  (alias export 1 "[method]request-event.message" (func (;0;)))
  (core func (;0;) (canon lower (func 0)))
  (alias core export 0 "memory" (core memory (;0;)))
  (alias export 2 "log" (func (;1;)))
  (core func (;1;) (canon lower (func 1) (memory 0) string-encoding=utf8))
  (core instance (;1;)
    (export "[method]request-event.message" (func 0))
  )
  (core instance (;2;)
    (export "log" (func 1))
  )
  (core instance (;3;) (instantiate 1
      (with "$memory" (instance 0))
      (with "evroute:core/types@0.1.1" (instance 1))
      (with "evroute:log/log@0.1.0" (instance 2))
    )
  )
  (type (;7;) (own 4))
  (type (;8;) (result 6 (error string)))
  (type (;9;) (func (param "event" 7) (result 8)))
  (alias core export 3 "evroute:core/request@0.1.1#handle" (core func (;2;)))
  (func (;2;) (type 9) (canon lift (core func 2) (memory 0) string-encoding=utf8))
  (component (;0;)
    (import "import-type-request-event" (type (;0;) (sub resource)))
    (type (;1;) (option string))
    (type (;2;) (record (field "code" u16) (field "reason" 1)))
    (import "import-type-rejection" (type (;3;) (eq 2)))
    (import "import-type-request-event0" (type (;4;) (eq 0)))
    (type (;5;) (own 4))
    (import "import-type-rejection0" (type (;6;) (eq 3)))
    (type (;7;) (variant (case "pass") (case "reject" 6) (case "drop")))
    (import "import-type-verdict" (type (;8;) (eq 7)))
    (type (;9;) (result 8 (error string)))
    (type (;10;) (func (param "event" 5) (result 9)))
    (import "import-func-handle" (func (;0;) (type 10)))
    (export (;11;) "request-event" (type 0))
    (export (;12;) "rejection" (type 3))
    (type (;13;) (variant (case "pass") (case "reject" 12) (case "drop")))
    (export (;14;) "verdict" (type 13))
    (type (;15;) (own 11))
    (type (;16;) (result 14 (error string)))
    (type (;17;) (func (param "event" 15) (result 16)))
    (export (;1;) "handle" (func 0) (func (type 17)))
  )
  (instance (;3;) (instantiate 0
      (with "import-func-handle" (func 2))
      (with "import-type-request-event" (type 4))
      (with "import-type-rejection" (type 5))
      (with "import-type-request-event0" (type 4))
      (with "import-type-rejection0" (type 5))
      (with "import-type-verdict" (type 6))
    )
  )
  (export (;4;) "evroute:core/request@0.1.1" (instance 3))
  (@producers
    (processed-by "wit-component" "0.254.2")
  )
)

