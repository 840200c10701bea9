package rebilly

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
)

// inspection is what encoding/json does not tell of a text that it decodes.
type inspection struct {
	decoder *json.Decoder
	// elements is how many elements an array at the top has.
	elements int
	// duplicate is a name that an object has twice, whatever it is nested in;
	// "" where no object does.
	duplicate string
}

// inspect looks through text, which is valid JSON.
func inspect(text []byte) *inspection {
	found := &inspection{decoder: json.NewDecoder(bytes.NewReader(text))}
	found.elements = found.value()

	return found
}

// value looks through the next value and returns how many elements or members
// it has.
func (i *inspection) value() (count int) {
	start, _ := i.decoder.Token()
	if start != json.Delim('{') && start != json.Delim('[') {
		return 0
	}
	names := map[string]bool{}
	for ; i.decoder.More(); count++ {
		if start == json.Delim('{') {
			i.member(names)
		}
		i.value()
	}
	_, _ = i.decoder.Token()

	return count
}

// member looks at a name of an object that has the given ones before it.
func (i *inspection) member(names map[string]bool) {
	token, _ := i.decoder.Token()
	name, _ := token.(string)
	if names[folded(name)] {
		i.duplicate = name
	}
	names[folded(name)] = true
}

// folded returns name in the one spelling of all that encoding/json takes for
// the same field: it does not mind the case of letters.
func folded(name string) string {
	return strings.Map(func(letter rune) rune {
		first := letter
		for other := unicode.SimpleFold(letter); other != letter; other = unicode.SimpleFold(other) {
			first = min(first, other)
		}

		return first
	}, name)
}
