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

// contract checks requests and answers against openapi.yaml.
type contract struct {
	router routers.Router
}

// loadContract reads openapi.yaml once; the fakes of a test run share it.
var loadContract = sync.OnceValues(func() (*contract, error) {
	document, err := openapi3.NewLoader().LoadFromData(openAPIDocument)
	if err != nil {
		return nil, fmt.Errorf("reading openapi.yaml: %w", err)
	}
	if err := document.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("checking openapi.yaml: %w", err)
	}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		return nil, fmt.Errorf("routing by openapi.yaml: %w", err)
	}

	return &contract{router: router}, nil
})

// checkRequest returns what openapi.yaml is needed for to check the answer,
// or an error that says how request breaks the contract. Whether the
// credential is right is the handler's business.
func (c *contract) checkRequest(request *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, parameters, err := c.router.FindRoute(request)
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

// checkAnswer returns an error that says how recorded breaks the contract.
func (c *contract) checkAnswer(ctx context.Context, input *openapi3filter.RequestValidationInput, recorded *httptest.ResponseRecorder) error {
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 recorded.Code,
		Header:                 recorded.Header(),
		Body:                   io.NopCloser(bytes.NewReader(recorded.Body.Bytes())),
		Options:                input.Options,
	}
	if err := openapi3filter.ValidateResponse(ctx, answer); err != nil {
		return fmt.Errorf("%s %s, answer %d: %w", input.Request.Method, input.Request.URL.Path, recorded.Code, err)
	}

	return nil
}
