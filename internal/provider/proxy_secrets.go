package provider

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// proxySecrets returns the passwords of the environment's proxies, as they are and
// as a request has them (RFC 7617). A proxy can send them back in its errors.
func proxySecrets(getenv func(string) string) []string {
	var secrets []string
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		address := getenv(name)
		if !strings.Contains(address, "://") {
			address = "http://" + address
		}
		proxy, err := url.Parse(address)
		if err != nil || proxy.User == nil {
			continue
		}
		if password, ok := proxy.User.Password(); ok && password != "" {
			basic := base64.StdEncoding.EncodeToString([]byte(proxy.User.Username() + ":" + password))
			secrets = append(secrets, password, strings.TrimRight(basic, "="))
		}
	}

	return secrets
}
