#pragma once
// Orthogonal periodic cells.

#include <array>
#include <string>

namespace twinmill::specimen {

/// Cell vectors as rows, A.
using Vectors = std::array<std::array<double, 3>, 3>;

/// x moved by multiples of `length` into [0, length); what is already there stays as it is.
double wrap(double x, double length);

/// The lengths of a cell whose vectors are along x, y and z. Throws Error(input), the message starting with the
/// vector's place ("file:line"), unless each off-diagonal element is below 1e-6 of its vector's length and the lengths
/// make sense.
std::array<double, 3> orthogonal_lengths(const Vectors& vectors, const std::array<std::string, 3>& places);

}  // namespace twinmill::specimen
