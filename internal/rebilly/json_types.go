package rebilly

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
)

// maxElements is the limit for one array. Three bytes make an empty element, which takes
// some kilobytes in the provider and in Terraform.
const maxElements = 1000

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
