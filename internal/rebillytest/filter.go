package rebillytest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// matches reports whether export matches the query parameters filter and q. It
// implements a part of Rebilly's filter syntax, for fields that are strings:
// terms joined by ";" (AND), values joined by "," (OR), negation by "!", and
// ranges by "..".
func matches(export Export, filter, q string) bool {
	if q != "" && !strings.Contains(export.text("id")+" "+export.text("userId"), q) {
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

// invalidTerm returns the first term of a filter that Rebilly refuses, or "": one that is
// not a field and values, or has values of another type than its field.
func invalidTerm(filter string) string {
	for term := range strings.SplitSeq(filter, ";") {
		field, values, found := strings.Cut(term, ":")
		if !found && filter != "" {
			return term
		}
		if !strings.HasSuffix(field, "Time") {
			continue
		}
		for value := range strings.SplitSeq(strings.ReplaceAll(values, "..", ","), ",") {
			date, _, _ := strings.Cut(strings.TrimPrefix(value, "!"), "T")
			if _, err := time.Parse(time.DateOnly, date); err != nil && date != "" {
				return term
			}
		}
	}

	return ""
}

// matchesAny reports whether actual equals one of the values or lies in one of
// the ranges. A "!" before the first value negates the result.
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

// sortBy sorts exports by the query parameter sort: field names joined by ",",
// with "-" before a name for descending order.
func sortBy(exports []Export, sort string) {
	if sort == "" {
		return
	}
	fields := strings.Split(sort, ",")
	slices.SortStableFunc(exports, func(x, y Export) int {
		for _, field := range fields {
			name, descending := strings.CutPrefix(field, "-")
			order := cmp.Compare(x.text(name), y.text(name))
			if descending {
				order = -order
			}
			if order != 0 {
				return order
			}
		}

		return 0
	})
}
