package rebilly

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"
)

// maxBodyBytes is the limit for a response's body, and maxProblemBytes that for the
// body of an error, in bytes after decompression.
const (
	maxBodyBytes    = 10 << 20
	maxProblemBytes = 1 << 20
)

// response is a complete response with a status code of 2xx.
type response struct {
	header http.Header
	body   []byte
}

func isSuccess(received *http.Response) bool { return received.StatusCode/100 == 2 }

func readBody(received *http.Response) ([]byte, error) {
	var limit int64 = maxProblemBytes
	if isSuccess(received) {
		limit = maxBodyBytes
	}
	var body bytes.Buffer
	switch length, err := body.ReadFrom(io.LimitReader(received.Body, limit+1)); {
	case err != nil:
		return nil, fmt.Errorf("reading the response: %w", err)
	case length > limit:
		return nil, &InvalidResponseError{reason: fmt.Sprintf("the response is larger than the limit of %d MiB", limit>>20)}
	}

	return body.Bytes(), nil
}

// decode decodes the JSON body of received into value. The body must begin
// with first, which is { or [. The error never shows content that may be
// secret.
func (c *Client) decode(received *response, first byte, value any) error {
	body := bytes.TrimSpace(received.body)
	if len(body) == 0 || body[0] != first {
		return c.unexpectedKind(received, first)
	}
	// encoding/json would replace invalid UTF-8 by U+FFFD.
	if !utf8.Valid(body) {
		return c.invalid(errors.New("its text is not valid UTF-8"))
	}

	err := json.Unmarshal(body, value)
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return c.invalid(fmt.Errorf("its field %q must be %s and is: %s", mismatch.Field, jsonType(mismatch.Type), mismatch.Value))
	}
	if errors.Is(err, errTooManyElements) {
		return c.invalid(err)
	}
	if err != nil {
		return c.unexpectedKind(received, first)
	}

	return nil
}

// jsonType returns the JSON type that is decoded into goType.
func jsonType(goType reflect.Type) string {
	switch goType.Kind() {
	case reflect.Int64:
		return "a 64-bit integer"
	case reflect.Slice:
		return "an array"
	case reflect.Struct:
		return "an object"
	default:
		return "a string"
	}
}

func (c *Client) unexpectedKind(received *response, first byte) error {
	return c.invalid(fmt.Errorf("it must be a JSON %s and is %s", jsonKind(first), c.describe(received.header, received.body)))
}

func (c *Client) invalid(reason error) error {
	return &InvalidResponseError{reason: "the response does not match the API schema: " + c.redactor.clean(reason.Error(), maxShownText)}
}

// describe says what body is. It shows only the first characters, and only of
// a body that is not JSON: any JSON may hold a signed link.
func (c *Client) describe(header http.Header, body []byte) string {
	text := strings.TrimSpace(string(body))
	switch {
	case text == "":
		return "an empty body"
	case json.Valid(body):
		return "a JSON " + jsonKind(text[0])
	case text[0] == '{' || text[0] == '[':
		return "JSON that is malformed or cut short"
	}
	mediaType, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	mediaType = cmp.Or(c.redactor.clean(mediaType, maxShownExcerpt), "text without a content type")

	return fmt.Sprintf(`%s that begins with "%s"`, mediaType, c.redactor.clean(text, maxShownExcerpt))
}

// jsonKind returns the type of a JSON value by its first byte.
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
