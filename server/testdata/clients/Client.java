// Java's own HTTP client, with nothing but the environment.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

class Client {
    public static void main(String[] args) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        for (String origin : args) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(origin + "/v1.0/me"))
                .header("Authorization", "Bearer " + System.getenv("GRAPHMOCK_TOKEN")).build();
            String body = client.send(request, BodyHandlers.ofString()).body();
            if (!body.contains("\"@odata.context\":\"" + origin + "/v1.0/")) {
                throw new IllegalStateException(origin + ": " + body);
            }
        }
    }
}
