// Package value turns values of the WIT into Go's: nil, int64, string or []byte.
package value

import "wit_component/evroute_pv_types"

// Of is what the server has given.
func Of(value evroute_pv_types.Value) any {
	switch value.Tag() {
	case evroute_pv_types.ValueInt:
		return value.Int()
	case evroute_pv_types.ValueText:
		return value.Text()
	case evroute_pv_types.ValueOctets:
		return value.Octets()
	}
	return nil
}

// To is for the server. What it does not know panics.
func To(value any) evroute_pv_types.Value {
	switch value := value.(type) {
	case nil:
		return evroute_pv_types.MakeValueNull()
	case int:
		return evroute_pv_types.MakeValueInt(int64(value))
	case int64:
		return evroute_pv_types.MakeValueInt(value)
	case string:
		return evroute_pv_types.MakeValueText(value)
	case []byte:
		return evroute_pv_types.MakeValueOctets(value)
	}
	panic("a value is nil, int, int64, string or []byte")
}
