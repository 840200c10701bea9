package rebillytest

import (
	"cmp"
	"slices"
	"strings"
)

// matches reports whether export is selected by filter and query. Of Rebilly's
// filter syntax it knows fields joined by ";", values joined by ",", negation
// by "!" and ranges by "..", over fields that are text.
func matches(export Export, filter, query string) bool {
	if query != "" && !strings.Contains(export.text("id")+" "+export.text("userId"), query) {
		return false
	}
	if filter == "" {
		return true
	}
	for term := range strings.SplitSeq(filter, ";") {
		field, values, _ := strings.Cut(term, ":")
		if !matchesAny(export.text(field), strings.Split(values, ",")) {
			return false
		}
	}

	return true
}

func matchesAny(actual string, values []string) bool {
	negated := strings.HasPrefix(values[0], "!")
	found := slices.ContainsFunc(values, func(value string) bool {
		value = strings.TrimPrefix(value, "!")
		if from, to, isRange := strings.Cut(value, ".."); isRange {
			return actual >= from && (to == "" || actual <= to)
		}

		return strings.EqualFold(actual, value)
	})

	return found != negated
}

// sortBy sorts by the fields that order names, joined by ","; a leading "-"
// is for descending.
func sortBy(exports []Export, order string) {
	if order == "" {
		return
	}
	fields := strings.Split(order, ",")
	slices.SortStableFunc(exports, func(x, y Export) int {
		for _, field := range fields {
			name, descending := strings.CutPrefix(field, "-")
			compared := cmp.Compare(x.text(name), y.text(name))
			if descending {
				compared = -compared
			}
			if compared != 0 {
				return compared
			}
		}

		return 0
	})
}
