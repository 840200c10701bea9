package provider

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// canned responds to every request with the response of api to path, without its
// work.
func canned(b *testing.B, api http.Handler, path string) http.Handler {
	b.Helper()
	request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
	request.Header.Set("REB-APIKEY", rebillytest.SecretKey)
	response := httptest.NewRecorder()
	api.ServeHTTP(response, request)
	if response.Code != http.StatusOK {
		b.Fatalf("%s: %d %s", path, response.Code, response.Body)
	}

	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), response.Header())
		_, _ = w.Write(response.Body.Bytes())
	})
}

func oneExport(b *testing.B) http.Handler {
	b.Helper()

	return canned(b, rebillytest.NewFor(b), "/organization-exports/"+exportID)
}

func pageOfExports(b *testing.B) http.Handler {
	b.Helper()
	api := rebillytest.New()
	for number := range 1000 {
		api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(fmt.Sprintf("org_exp_%05d", number), rebillytest.Created))
	}

	return canned(b, api, "/organization-exports?limit=1000")
}

func BenchmarkReadDataSource(b *testing.B) {
	for _, benchmark := range []struct {
		name, typeName string
		api            http.Handler
		arguments      values
	}{
		{"one export", objectType, oneExport(b), values{"id": exportID}},
		{"a page of 1000", listType, pageOfExports(b), values{"limit": 1000}},
	} {
		b.Run(benchmark.name, func(b *testing.B) {
			terraform := configured(b, benchmark.api, nil)
			request := &tfprotov6.ReadDataSourceRequest{
				TypeName: benchmark.typeName,
				Config:   terraform.object(terraform.schema.DataSourceSchemas[benchmark.typeName], benchmark.arguments),
			}
			b.ReportAllocs()
			for b.Loop() {
				response, err := terraform.server.ReadDataSource(b.Context(), request)
				if err != nil || len(response.Diagnostics) > 0 {
					b.Fatal(err, messages(response.Diagnostics))
				}
			}
		})
	}
}

func BenchmarkLog(b *testing.B) {
	for name, level := range map[string]string{"off": "OFF", "on": "DEBUG"} {
		b.Run(name, func(b *testing.B) {
			ctx := tflogtest.RootLogger(b.Context(), io.Discard)
			logger := slog.New(tflogHandler{minLevel: minLevel(environment(map[string]string{logLevelVariable: level}))})
			b.ReportAllocs()
			for b.Loop() {
				logger.LogAttrs(ctx, slog.LevelDebug, "Rebilly API request",
					slog.String("method", http.MethodGet), slog.String("path", "/organization-exports/"+exportID), slog.Int("attempt", 1), slog.Int("status", 200))
			}
		})
	}
}

func BenchmarkDecodeAndMap(b *testing.B) {
	for name, benchmark := range map[string]struct {
		api http.Handler
		run func(*rebilly.Client) error
	}{
		"one export": {api: oneExport(b), run: func(client *rebilly.Client) error {
			export, err := client.GetOrganizationExport(b.Context(), "", exportID)
			if err == nil {
				newOrganizationExportModel(types.StringNull(), export)
				linksValue(export.Links)
			}

			return err
		}},
		"a page of 1000": {api: pageOfExports(b), run: func(client *rebilly.Client) error {
			page, err := client.ListOrganizationExports(b.Context(), "", rebilly.ListOptions{Limit: 1000})
			if err == nil {
				exportsValue(page.Exports, true)
			}

			return err
		}},
	} {
		b.Run(name, func(b *testing.B) {
			client, err := rebilly.NewClient(rebilly.Config{
				BaseURL: rebilly.LiveBaseURL, Credential: rebilly.SecretKey(rebillytest.SecretKey), Transport: rebillytest.Transport(benchmark.api),
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := benchmark.run(client); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
