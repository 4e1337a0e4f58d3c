#!/usr/bin/env Rscript
# Times pls::plsr on a raw file of the comparison: "answered" once the first answer is there, then one line of JSON like that of Ours.
#   Rscript bench/EndToEnd/plsr_peer.R FILE.raw kernelpls COMPONENTS SECONDS
arguments <- commandArgs(TRUE)
suppressMessages(library(pls))
file <- file(arguments[1], "rb")
head <- readBin(file, "integer", 4, 4)
n <- head[1]
p <- head[2]
x <- matrix(readBin(file, "double", n * p, head[3]), n, p, byrow = TRUE)
y <- readBin(file, "double", n, 8)
fold <- readBin(file, "integer", n, 4)
close(file)
segments <- unname(split(seq_len(n), fold))
components <- as.integer(arguments[3])
seconds <- as.numeric(arguments[4])
once <- function() {
  time <- proc.time()
  model <<- plsr(y ~ x, ncomp = components, method = arguments[2], validation = "CV", segments = segments)
  spent <- proc.time() - time
  c(spent[["elapsed"]], sum(spent[c("user.self", "sys.self")]))
}
first <- once()
cat("answered\n")
flush(stdout())
spent <- if (first[1] > 5) cbind(first) else NULL
start <- proc.time()[["elapsed"]]
while (is.null(spent) || (first[1] <= 5 && proc.time()[["elapsed"]] - start < seconds)) {
  spent <- cbind(spent, once())
}
press <- model$validation$PRESS[1, ]
# The clock counts whole milliseconds: short runs are better told by their mean.
middle <- if (median(spent[1, ]) < 0.02) mean(spent[1, ]) else median(spent[1, ])
cat(sprintf(
  '{"runs":%d,"medianMs":%.3f,"minMs":%.3f,"maxMs":%.3f,"cpuMs":%.3f,"firstMs":%.1f,"rmsecv":[[%s]]}\n',
  ncol(spent), 1e3 * middle, 1e3 * min(spent[1, ]), 1e3 * max(spent[1, ]), 1e3 * mean(spent[2, ]), 1e3 * first[1],
  paste(sprintf("%.17g", sqrt(press / n)), collapse = ",")))
