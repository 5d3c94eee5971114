;; sql_query: a statement with bound values.

;; A value for a statement, at this address. Text that stood outside of quotes is a number where it
;; is one.
(func $sql_bind (param $at i32) (param $cell i32) (param $bare i32)
  (local $tag i32)
  (local.set $tag (i32.load8_u (local.get $cell)))
  (if (i32.and (local.get $bare) (i32.ge_u (local.get $tag) (i32.const 2)))
    (then
      (if
        (call $parse_int (i32.load offset=8 (local.get $cell)) (i32.load offset=12 (local.get $cell)) (i32.const 0))
        (then
          (i32.store8 (local.get $at) (i32.const 1))
          (i64.store offset=8 (local.get $at) (global.get $parsed))
          (return)))))
  (if (i32.eq (local.get $tag) (i32.const 3))
    (then
      (local.set $tag
        (i32.sub
          (i32.const 3)
          (call $is_utf8 (i32.load offset=8 (local.get $cell)) (i32.load offset=12 (local.get $cell)))))))
  ;; null 0, int 1, real 2, text 3, bytes 4
  (i32.store8 (local.get $at) (i32.add (local.get $tag) (i32.ge_u (local.get $tag) (i32.const 2))))
  (i64.store offset=8 (local.get $at) (i64.load offset=8 (local.get $cell))))

;; An error of evroute:sql/sql at this address. One that an operator has to mend ends the run; any
;; other is logged, and the statement has failed, as in Kamailio.
(func $sql_failed (param $error i32) (param $where i32) (param $where_length i32) (result i32)
  (local $kind i32)
  (local.set $kind (i32.load8_u (local.get $error)))
  (if (i32.eqz (local.get $kind))
    (then
      (call $fail (local.get $where) (local.get $where_length) (call $text.no-database))
      (return (i32.const -1))))
  (call $begin)
  (call $put (local.get $where) (local.get $where_length))
  (block $told
    (if (i32.eq (local.get $kind) (i32.const 1))
      (then (call $put (call $text.too-late)) (br $told)))
    (if (i32.eq (local.get $kind) (i32.const 2))
      (then (call $put (call $text.unreachable)) (br $told)))
    (if (i32.eq (local.get $kind) (i32.const 4))
      (then (call $put (call $text.too-large)) (br $told)))
    (call $put (i32.load offset=4 (local.get $error)) (i32.load offset=8 (local.get $error))))
  (call $log_error (call $finish))
  (i32.const -1))

(func $log_error (param $at i32) (param $length i32)
  (call $log.log (i32.const 0) (local.get $at) (local.get $length)))

;; The connection of a label, or -1.
(func $sql_connection (param $label i32) (param $length i32) (param $where i32) (param $where_length i32) (result i32)
  (local $area i32)
  (local.set $area (call $alloc (i32.const 16)))
  (call $sql.connection.open (local.get $label) (local.get $length) (local.get $area))
  (if (i32.eqz (i32.load8_u (local.get $area))) (then (return (i32.load offset=4 (local.get $area)))))
  ;; Which database is meant has to be mended, too.
  (if (i32.eq (i32.load8_u offset=4 (local.get $area)) (i32.const 5))
    (then
      (call $fail (local.get $where) (local.get $where_length)
        (i32.load offset=8 (local.get $area)) (i32.load offset=12 (local.get $area)))
      (return (i32.const -1))))
  (call $sql_failed (i32.add (local.get $area) (i32.const 4)) (local.get $where) (local.get $where_length)))

;; A statement whose rows nobody asks for: 2, as for one that has none.
(func $sql_do (param $connection i32) (param $text i32) (param $length i32) (param $values i32) (param $count i32)
  (param $where i32) (param $where_length i32) (result i32)
  (local $area i32)
  (if (i32.eq (local.get $connection) (i32.const -1)) (then (return (i32.const -1))))
  (local.set $area (call $alloc (i32.const 24)))
  (call $sql.connection.execute (local.get $connection) (local.get $text) (local.get $length)
    (local.get $values) (local.get $count) (local.get $area))
  (if (i32.load8_u (local.get $area))
    (then
      (return
        (call $sql_failed (i32.add (local.get $area) (i32.const 8)) (local.get $where) (local.get $where_length)))))
  (i32.const 2))

;; A result: where the rows are and how many, where the columns' names are and how many. 0 when the
;; statement failed.
(global $sql_result (mut i32) (i32.const 0))

(func $sql_rows (param $connection i32) (param $text i32) (param $length i32) (param $values i32) (param $count i32)
  (param $where i32) (param $where_length i32) (result i32)
  (local $area i32) (local $rows i32) (local $result i32)
  (global.set $sql_result (i32.const 0))
  (if (i32.eq (local.get $connection) (i32.const -1)) (then (return (i32.const -1))))
  (local.set $area (call $alloc (i32.const 16)))
  (call $sql.connection.query (local.get $connection) (local.get $text) (local.get $length)
    (local.get $values) (local.get $count) (local.get $area))
  (block $failed
    (br_if $failed (i32.load8_u (local.get $area)))
    (local.set $rows (i32.load offset=4 (local.get $area)))
    (local.set $result (call $alloc (i32.const 16)))
    (call $sql.rows.columns (local.get $rows) (i32.add (local.get $result) (i32.const 8)))
    (local.set $area (call $alloc (i32.const 16)))
    (call $sql.rows.next (local.get $rows) (i32.const 10000) (local.get $area))
    (br_if $failed (i32.load8_u (local.get $area)))
    (i64.store (local.get $result) (i64.load offset=4 align=4 (local.get $area)))
    (global.set $sql_result (local.get $result))
    (return (select (i32.const 1) (i32.const 2) (i32.load offset=4 (local.get $result)))))
  (call $sql_failed (i32.add (local.get $area) (i32.const 4)) (local.get $where) (local.get $where_length)))

;; $dbr(result=>rows) and $dbr(result=>cols)
;; Where there is no result there are none.
(func $dbr_rows (param $result i32) (result i32)
  (if (i32.eqz (local.get $result)) (then (return (global.get $link.zero-cell))))
  (call $int_cell (i64.load32_u offset=4 (local.get $result))))

(func $dbr_cols (param $result i32) (result i32)
  (if (i32.eqz (local.get $result)) (then (return (global.get $link.zero-cell))))
  (call $int_cell (i64.load32_u offset=12 (local.get $result))))

;; $dbr(result=>colname[column])
(func $dbr_name (param $result i32) (param $column i64) (result i32)
  (local $at i32)
  (if (i32.eqz (local.get $result)) (then (return (i32.const 0))))
  (if (i64.ge_u (local.get $column) (i64.load32_u offset=12 (local.get $result))) (then (return (i32.const 0))))
  (local.set $at
    (i32.add (i32.load offset=8 (local.get $result)) (i32.shl (i32.wrap_i64 (local.get $column)) (i32.const 3))))
  (call $text_cell (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)) (i32.const 2)))

;; $dbr(result=>[row,column])
(func $dbr_at (param $result i32) (param $row i64) (param $column i64) (result i32)
  (local $at i32) (local $tag i32)
  (if (i32.eqz (local.get $result)) (then (return (i32.const 0))))
  (if (i64.ge_u (local.get $row) (i64.load32_u offset=4 (local.get $result))) (then (return (i32.const 0))))
  (local.set $at
    (i32.add (i32.load (local.get $result)) (i32.shl (i32.wrap_i64 (local.get $row)) (i32.const 3))))
  (if (i64.ge_u (local.get $column) (i64.load32_u offset=4 (local.get $at))) (then (return (i32.const 0))))
  (local.set $at
    (i32.add (i32.load (local.get $at)) (i32.shl (i32.wrap_i64 (local.get $column)) (i32.const 4))))
  (local.set $tag (i32.load8_u (local.get $at)))
  (if (i32.eq (local.get $tag) (i32.const 2)) (then (return (call $real_cell (f64.load offset=8 (local.get $at))))))
  (if (i32.le_u (local.get $tag) (i32.const 1)) (then (return (local.get $at))))
  (call $text_cell (i32.load offset=8 (local.get $at)) (i32.load offset=12 (local.get $at))
    (i32.sub (local.get $tag) (i32.const 1))))

;; A number with two digits behind the point, as Kamailio's database layer prints it.
(func $real_cell (param $number f64) (result i32)
  (local $hundredths i64)
  (local.set $hundredths (i64.trunc_sat_f64_s (f64.nearest (f64.mul (f64.abs (local.get $number)) (f64.const 100)))))
  (call $begin)
  (if (f64.lt (local.get $number) (f64.const 0)) (then (call $put_byte (i32.const 45))))
  (call $put_digits (i64.div_u (local.get $hundredths) (i64.const 100)))
  (call $put_byte (i32.const 46))
  (call $put_digits (i64.div_u (i64.rem_u (local.get $hundredths) (i64.const 100)) (i64.const 10)))
  (call $put_digits (i64.rem_u (local.get $hundredths) (i64.const 10)))
  (call $finish_cell))
