// Leaves a trace of every start: in a shared table, in a shared counter and in a database.
package export_evroute_htable_mod_init

import (
	"errors"

	"go.bytecodealliance.org/pkg/wit/types"
	"wit_component/evroute_htable_htable"
	htable "wit_component/evroute_htable_mod_init"
	"wit_component/evroute_pv_pv"
	"wit_component/evroute_pv_shv"
	"wit_component/evroute_pv_types"
	"wit_component/evroute_sql_sql"
)

func Handle(*htable.ModInitEvent) types.Result[htable.Verdict, string] {
	if err := start(); err != nil {
		return types.Err[htable.Verdict](err.Error())
	}
	return types.Ok[htable.Verdict, string](htable.VerdictProceed)
}

func start() error {
	now, err := now()
	if err != nil {
		return err
	}
	if err := remember(now); err != nil {
		return err
	}
	if err := count(); err != nil {
		return err
	}
	return record(now)
}

// $TS: seconds since 1970, at the time of the event.
func now() (int64, error) {
	value := evroute_pv_pv.Get("$TS")
	if value.IsErr() || value.Ok().Tag() != evroute_pv_types.ValueInt {
		return 0, errors.New("$TS: it is not a number")
	}
	return value.Ok().Int(), nil
}

// $sht(server=>started) = $TS;
func remember(now int64) error {
	server := evroute_htable_htable.TableOpen("server")
	if server.IsErr() {
		return errors.New("table server: it cannot be opened")
	}
	if server.Ok().Set("started", evroute_pv_types.MakeValueInt(now), types.None[uint32]()).IsErr() {
		return errors.New("table server: it cannot be written")
	}
	return nil
}

// $shv(starts) = $shv(starts) + 1;
func count() error {
	if evroute_pv_shv.Add("starts", 1).IsErr() {
		return errors.New("counter starts: it cannot be added to")
	}
	return nil
}

// sql_query("main", "insert into restarts ...");
func record(now int64) error {
	main := evroute_sql_sql.ConnectionOpen("main")
	if main.IsErr() {
		return errors.New("database main: it cannot be opened")
	}
	if main.Ok().Execute("create table if not exists restarts (started_at integer not null)", nil).IsErr() {
		return errors.New("database main: the table cannot be made")
	}
	parameters := []evroute_sql_sql.Value{evroute_sql_sql.MakeValueInt(now)}
	if main.Ok().Execute("insert into restarts (started_at) values (?)", parameters).IsErr() {
		return errors.New("database main: the row cannot be written")
	}
	return nil
}
