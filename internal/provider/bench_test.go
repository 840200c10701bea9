package provider

import (
	"context"
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
		{"a page of 1000", "rebilly_organization_exports", pageOfExports(b), values{"limit": 1000}},
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
	line := func(ctx context.Context, logger *slog.Logger) {
		logger.LogAttrs(ctx, slog.LevelDebug, "Rebilly API request",
			slog.String("method", http.MethodGet), slog.String("path", "/organization-exports/"+exportID), slog.Int("attempt", 1), slog.Int("status", 200))
	}
	for name, off := range map[string]bool{"off": true, "on": false} {
		b.Run(name, func(b *testing.B) {
			ctx := tflogtest.RootLogger(b.Context(), io.Discard)
			logger := slog.New(tflogHandler{off: off})
			b.ReportAllocs()
			for b.Loop() {
				line(ctx, logger)
			}
		})
	}
}

func BenchmarkDecodeAndMap(b *testing.B) {
	client := func(api http.Handler) *rebilly.Client {
		return must(rebilly.NewClient(rebilly.Config{
			BaseURL: rebilly.LiveBaseURL, Credential: rebilly.SecretKey(rebillytest.SecretKey), Transport: rebillytest.Transport(api),
		}))
	}
	b.Run("one export", func(b *testing.B) {
		api := client(oneExport(b))
		b.ReportAllocs()
		for b.Loop() {
			export := must(api.GetOrganizationExport(b.Context(), "", exportID))
			newOrganizationExportModel(types.StringNull(), export)
			linksValue(export.Links)
		}
	})
	b.Run("a page of 1000", func(b *testing.B) {
		api := client(pageOfExports(b))
		b.ReportAllocs()
		for b.Loop() {
			page := must(api.ListAllOrganizationExports(b.Context(), "", rebilly.ListOptions{Limit: 1000}))
			exportsValue(page.Exports)
		}
	})
}
