package rebilly

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
)

// The largest numbers of elements in a response. Three bytes make an empty element,
// which takes some kilobytes in the provider and in Terraform.
const (
	// maxElements is the limit for one array.
	maxElements = 1000
	// maxListResources and maxListLinks are the limits for all pages of a list, which
	// has at most MaxListable exports. Rebilly documents 17 types of resources and three
	// links. Terraform's work grows with the square of the number of links, because
	// they are sensitive.
	maxListResources = 60_000
	maxListLinks     = 8_000
)

// elements is an array of a response with at most maxElements elements.
type elements[Element any] []*Element

// UnmarshalJSON implements json.Unmarshaler. It decodes element by element, so that
// a longer array takes no more memory than one at the limit.
func (e *elements[Element]) UnmarshalJSON(data []byte) error {
	*e = nil
	decoder := json.NewDecoder(bytes.NewReader(data))
	switch start, err := decoder.Token(); {
	case err != nil:
		return err //nolint:wrapcheck // This is a part of encoding/json.
	case start == nil:
		return nil
	case start != json.Delim('['):
		return &json.UnmarshalTypeError{Value: jsonKind(data[0]), Type: reflect.TypeFor[[]*Element]()}
	}
	*e = elements[Element]{}
	for decoder.More() {
		if len(*e) == maxElements {
			return errTooManyElements
		}
		var element *Element
		if err := decoder.Decode(&element); err != nil {
			return err //nolint:wrapcheck // This is a part of encoding/json.
		}
		*e = append(*e, element)
	}

	return nil
}

var errTooManyElements = fmt.Errorf("an array of it has more than %d elements", maxElements)

// Integer is a number without a fraction, in any spelling of JSON: 5, 5.0, or 5e0.
type Integer int64

// UnmarshalJSON implements json.Unmarshaler. Null leaves the value as it is.
func (i *Integer) UnmarshalJSON(data []byte) error {
	kind := jsonKind(data[0])
	if kind == "null" {
		return nil
	}
	if kind == "number" {
		value, ok := parseInteger(string(data))
		if ok {
			*i = Integer(value)

			return nil
		}
		kind += " " + string(data[:min(len(data), maxShownExcerpt)])
	}

	return &json.UnmarshalTypeError{Value: kind, Type: reflect.TypeFor[int64]()}
}

// parseInteger returns the value of a JSON number, and whether that is an integer of
// 64 bits.
func parseInteger(number string) (int64, bool) {
	_, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	// The memory of a big.Rat grows with the exponent.
	if len(number) > maxShownExcerpt || len(exponent) > len("+100") {
		return 0, false
	}
	value, ok := new(big.Rat).SetString(number)
	if !ok || !value.IsInt() || !value.Num().IsInt64() {
		return 0, false
	}

	return value.Num().Int64(), true
}

// RecordCounts adds up the records of each type. It returns nil for nil. It returns
// false if a sum is not an integer of 64 bits, which no export of a Client has.
func RecordCounts(resources []*ExportedResource) (map[string]int64, bool) {
	if resources == nil {
		return nil, true
	}
	counts := map[string]int64{}
	for _, resource := range resources {
		if resource.Type == nil || resource.RecordCount == nil {
			continue
		}
		before, more := counts[*resource.Type], int64(*resource.RecordCount)
		sum := before + more
		if (sum > before) != (more > 0) && more != 0 {
			return nil, false
		}
		counts[*resource.Type] = sum
	}

	return counts, true
}
