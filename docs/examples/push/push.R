# Pushes a table of spectra into a running daemon as Arrow batches, and reads its leaderboard.
#   Rscript push.R http://127.0.0.1:5190 wheat spectra.csv protein
# Packages: arrow, httr2. TOKEN: the file of the token, where the daemon asks for one.
given <- commandArgs(trailingOnly = TRUE)
url <- given[1]; dataset <- given[2]; path <- given[3]; study <- given[4]

asked <- function(place) {
  request <- httr2::request(paste0(url, place))
  request <- httr2::req_retry(request, max_tries = 10)  # 429 and 503 say how long to wait
  token <- Sys.getenv("TOKEN")
  if (nzchar(token)) request <- httr2::req_auth_bearer_token(request, readLines(token, n = 1))
  request
}

table <- read.csv(path, check.names = FALSE)  # id, one column per wavelength, reference values
bytes <- arrow::write_to_raw(table, format = "stream")
answer <- asked(paste0("/v1/datasets/", dataset, "/batches")) |>
  httr2::req_body_raw(bytes, type = "application/vnd.apache.arrow.stream") |>
  httr2::req_perform()
print(httr2::resp_body_json(answer))

board <- asked(paste0("/v1/studies/", study, "/leaderboard")) |>
  httr2::req_headers(Accept = "application/vnd.apache.arrow.stream") |>
  httr2::req_perform()
print(head(arrow::read_ipc_stream(httr2::resp_body_raw(board))))
