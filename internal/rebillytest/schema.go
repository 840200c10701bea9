package rebillytest

import (
	"bytes"
	"context"
	_ "embed" // for the OpenAPI document
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

//go:embed openapi.yaml
var openAPIDocument []byte

// schema validates requests and responses against openapi.yaml.
type schema struct {
	router routers.Router
}

// loadSchema parses openapi.yaml once. All fakes of a test run share it.
var loadSchema = sync.OnceValues(func() (*schema, error) {
	document, err := openapi3.NewLoader().LoadFromData(openAPIDocument)
	if err != nil {
		return nil, fmt.Errorf("parsing openapi.yaml: %w", err)
	}
	if err := document.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("validating openapi.yaml: %w", err)
	}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		return nil, fmt.Errorf("routing openapi.yaml: %w", err)
	}

	return &schema{router: router}, nil
})

// checkRequest returns an error if request does not conform to the schema, and
// otherwise the input that checkResponse needs. It does not check credentials:
// API.authenticate does.
func (s *schema) checkRequest(request *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, parameters, err := s.router.FindRoute(request)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", request.Method, request.URL.Path, err)
	}
	input := &openapi3filter.RequestValidationInput{
		Request:    request,
		PathParams: parameters,
		Route:      route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus: true,
		},
	}
	if err := openapi3filter.ValidateRequest(request.Context(), input); err != nil {
		return nil, fmt.Errorf("%s %s: %w", request.Method, request.URL.Path, err)
	}

	return input, nil
}

// checkResponse returns an error if recorded does not conform to the schema.
func (s *schema) checkResponse(ctx context.Context, input *openapi3filter.RequestValidationInput, recorded *httptest.ResponseRecorder) error {
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 recorded.Code,
		Header:                 recorded.Header(),
		Body:                   io.NopCloser(bytes.NewReader(recorded.Body.Bytes())),
		Options:                input.Options,
	}
	if err := openapi3filter.ValidateResponse(ctx, response); err != nil {
		return fmt.Errorf("%s %s, response %d: %w", input.Request.Method, input.Request.URL.Path, recorded.Code, err)
	}

	return nil
}
