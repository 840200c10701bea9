package rebilly

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"
)

// maxBody is how much of an answer is read, in bytes after decompression.
const maxBody = 10 << 20

// answer is a whole answer with success.
type answer struct {
	header http.Header
	body   []byte
}

func readBody(response *http.Response) ([]byte, error) {
	var body bytes.Buffer
	switch length, err := body.ReadFrom(io.LimitReader(response.Body, maxBody+1)); {
	case err != nil:
		return nil, fmt.Errorf("reading the answer: %w", err)
	case length > maxBody:
		return nil, &AnswerError{reason: fmt.Sprintf("the answer is larger than the limit of %d MiB", maxBody>>20)}
	}

	return body.Bytes(), nil
}

// decode puts the JSON of answer into value. The first byte of the JSON must
// be expected, which is { or [. The error never shows what may be a secret.
func (r redactor) decode(answer *answer, expected byte, value any) error {
	body := bytes.TrimSpace(answer.body)
	if len(body) == 0 || body[0] != expected || !json.Valid(body) {
		return r.unexpectedShape(answer, expected)
	}
	// encoding/json would put U+FFFD in the place of what is no UTF-8, and take
	// the last of two members with one name.
	if !utf8.Valid(body) {
		return r.unexpected(errors.New("its text is not valid UTF-8"))
	}
	switch found := inspect(body); {
	case found.duplicate != "":
		return r.unexpected(fmt.Errorf("its field %q is there twice", found.duplicate))
	case expected == '[' && found.elements > maxPageLimit:
		return r.unexpected(fmt.Errorf("it has %d elements, and no page has more than %d", found.elements, maxPageLimit))
	}

	err := json.Unmarshal(body, value)
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return r.unexpected(fmt.Errorf("its field %q is not %s but: %s", mismatch.Field, jsonType(mismatch.Type), mismatch.Value))
	}
	if err != nil {
		return r.unexpected(err)
	}

	return nil
}

// jsonType names the JSON that is decoded into a Go type of the API's objects.
func jsonType(goType reflect.Type) string {
	switch goType.Kind() {
	case reflect.Int64:
		return "a whole number below 2^63"
	case reflect.Slice:
		return "an array"
	case reflect.Struct:
		return "an object"
	default:
		return "a string"
	}
}

func (r redactor) unexpectedShape(answer *answer, expected byte) error {
	return r.unexpected(fmt.Errorf("it is %s, and a JSON %s was expected", r.describe(answer.header, answer.body), jsonKind(expected)))
}

func (r redactor) unexpected(reason error) error {
	return &AnswerError{reason: "the answer is not what the API's contract promises: " + r.clean(reason.Error(), maxShownText)}
}

// describe says what body is. Only what is no JSON is shown, and only its
// first characters: JSON of any shape may hold a signed link.
func (r redactor) describe(header http.Header, body []byte) string {
	text := strings.TrimSpace(string(body))
	switch {
	case text == "":
		return "an empty body"
	case json.Valid(body):
		return "a JSON " + jsonKind(text[0])
	case text[0] == '{' || text[0] == '[':
		return "JSON that is malformed or cut short"
	}
	contentType := r.clean(header.Get("Content-Type"), maxShownExcerpt)
	if contentType == "" {
		contentType = "text of no declared type"
	}

	return fmt.Sprintf(`%s that begins with "%s"`, contentType, r.clean(text, maxShownExcerpt))
}

// jsonKind names the type of a JSON value by its first byte.
func jsonKind(first byte) string {
	switch first {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	default:
		return "number"
	}
}
