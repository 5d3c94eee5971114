// Package sql has the databases that the operator named.
package sql

import "wit_component/evroute_sql_sql"

// rowsAtATime is how many rows are fetched by one call.
const rowsAtATime = 100

// DB is one of them.
type DB struct {
	what string
	raw  *evroute_sql_sql.Connection
}

// Open opens a database by its label.
func Open(label string) (*DB, error) {
	what := "database " + label
	opened := evroute_sql_sql.ConnectionOpen(label)
	if opened.IsErr() {
		return nil, refused(what, opened.Err())
	}
	return &DB{what, opened.Ok()}, nil
}

// Exec runs a statement, with an argument for each `?`, and says how many rows it changed.
func (db *DB) Exec(statement string, args ...any) (uint64, error) {
	changed := db.raw.Execute(statement, bound(args))
	if changed.IsErr() {
		return 0, refused(db.what, changed.Err())
	}
	return changed.Ok(), nil
}

// Query returns the rows of a statement: nil, int64, float64, string or []byte in each column.
func (db *DB) Query(statement string, args ...any) ([][]any, error) {
	rows := db.raw.Query(statement, bound(args))
	if rows.IsErr() {
		return nil, refused(db.what, rows.Err())
	}
	var all [][]any
	for {
		some := rows.Ok().Next(rowsAtATime)
		if some.IsErr() {
			return nil, refused(db.what, some.Err())
		}
		if len(some.Ok()) == 0 {
			return all, nil
		}
		for _, row := range some.Ok() {
			columns := make([]any, len(row))
			for i, column := range row {
				columns[i] = of(column)
			}
			all = append(all, columns)
		}
	}
}

func of(value evroute_sql_sql.Value) any {
	switch value.Tag() {
	case evroute_sql_sql.ValueInt:
		return value.Int()
	case evroute_sql_sql.ValueReal:
		return value.Real()
	case evroute_sql_sql.ValueText:
		return value.Text()
	case evroute_sql_sql.ValueOctets:
		return value.Octets()
	}
	return nil
}

func bound(args []any) []evroute_sql_sql.Value {
	values := make([]evroute_sql_sql.Value, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case nil:
			values[i] = evroute_sql_sql.MakeValueNull()
		case int:
			values[i] = evroute_sql_sql.MakeValueInt(int64(arg))
		case int64:
			values[i] = evroute_sql_sql.MakeValueInt(arg)
		case float64:
			values[i] = evroute_sql_sql.MakeValueReal(arg)
		case string:
			values[i] = evroute_sql_sql.MakeValueText(arg)
		case []byte:
			values[i] = evroute_sql_sql.MakeValueOctets(arg)
		default:
			panic("an argument is nil, int, int64, float64, string or []byte")
		}
	}
	return values
}
